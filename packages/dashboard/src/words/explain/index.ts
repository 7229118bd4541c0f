import { type Language, useLanguage } from '../language.tsx';
import { type ExplainWords, explain as en } from './en.ts';
import { explain as id } from './id.ts';

export type { ExplainWords } from './en.ts';

const WORDS: Record<Language, ExplainWords> = { en, id };

/** The words of explanations. They are not among those of the first view: only what is loaded later uses them. */
export function useExplainWords() {
  const { language, words, formats } = useLanguage();
  return { explain: WORDS[language], words, formats };
}
