import { type Language, useLanguage } from '../language.tsx';
import { university as en, type UniversityWords } from './en.ts';
import { university as id } from './id.ts';

const WORDS: Record<Language, UniversityWords> = { en, id };

/** The words of the sign-in at the university. They are not among those of the first view. */
export const useUniversityWords = () => WORDS[useLanguage().language];
