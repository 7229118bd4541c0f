import { createContext } from 'preact';
import type { ReactNode } from 'preact/compat';
import { useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { en, type Words } from './en.ts';
import { type Formats, formatsOf } from './formats.ts';
import { id } from './id.ts';

/** The languages of the page. Each has the locale of its numbers and dates. */
export const LANGUAGES = {
  en: { name: 'English', locale: 'en-GB', words: en },
  id: { name: 'Bahasa Indonesia', locale: 'id-ID', words: id },
} as const satisfies Record<string, { name: string; locale: string; words: Words }>;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'language';

interface Spoken {
  language: Language;
  words: Words;
  formats: Formats;
  setLanguage(language: Language): void;
}

const Context = createContext<Spoken | null>(null);

/** The words and formats of the chosen language, or of the browser's. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo<Spoken>(() => {
    const { words, locale } = LANGUAGES[language];
    return {
      language,
      words,
      formats: formatsOf(locale),
      setLanguage: (chosen) => {
        localStorage.setItem(KEPT_AS, chosen);
        setLanguage(chosen);
      },
    };
  }, [language]);
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
