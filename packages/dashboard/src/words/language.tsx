import { type ComponentChildren, createContext } from 'preact';
import { useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { en, type Words } from './en.ts';
import { type Formats, formatsOf } from './formats.ts';

/** The languages of the page. Each has the locale of its numbers and dates. */
export const LANGUAGES = {
  en: { name: 'English', locale: 'en-GB' },
  id: { name: 'Bahasa Indonesia', locale: 'id-ID' },
} as const;
export type Language = keyof typeof LANGUAGES;

/** English is there at once: it is shown if another language cannot be loaded. */
const LOADED: Record<Language, () => Promise<Words>> = {
  en: async () => en,
  id: async () => (await import('./id.ts')).id,
};

const KEPT_AS = 'language';

/** A language with its words. */
export interface Loaded {
  language: Language;
  words: Words;
}

interface Spoken extends Loaded {
  formats: Formats;
  setLanguage(language: Language): void;
}

const Context = createContext<Spoken | null>(null);

/** Loads the chosen language, or that of the browser. */
export async function loadLanguage(language = firstLanguage()): Promise<Loaded> {
  try {
    return { language, words: await LOADED[language]() };
  } catch {
    return { language: 'en', words: en };
  }
}

/** The words and formats of a language, which a person can change. */
export function LanguageProvider({ first, children }: { first: Loaded; children: ComponentChildren }) {
  const [{ language, words }, setLoaded] = useState(first);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      words,
      formats: formatsOf(LANGUAGES[language].locale),
      setLanguage: (chosen) => {
        localStorage.setItem(KEPT_AS, chosen);
        void loadLanguage(chosen).then(setLoaded);
      },
    }),
    [language, words],
  );
  return <Context.Provider value={spoken}>{children}</Context.Provider>;
}

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEPT_AS), ...navigator.languages];
  const found = wanted.map((tag) => tag?.split('-')[0]).find((tag) => tag !== undefined && tag in LANGUAGES);
  return (found as Language | undefined) ?? 'en';
}

export function useLanguage(): Spoken {
  const spoken = useContext(Context);
  if (!spoken) throw new Error('LanguageProvider is missing');
  return spoken;
}

export const useWords = () => useLanguage().words;
export const useFormats = () => useLanguage().formats;
