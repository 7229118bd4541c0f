import { type Language, useLanguage } from '../language.tsx';
import { viewAs as en, type ViewAsWords } from './en.ts';
import { viewAs as id } from './id.ts';

const WORDS: Record<Language, ViewAsWords> = { en, id };

/** The words of viewing as a viewer. They are not among those of the first view: only administrators need them. */
export const useViewAsWords = () => WORDS[useLanguage().language];
