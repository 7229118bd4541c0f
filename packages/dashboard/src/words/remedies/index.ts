import type { FailureCode } from '../../api/types.ts';
import { type Language, useLanguage } from '../language.tsx';
import { remedies as en } from './en.ts';
import { remedies as id } from './id.ts';

const REMEDIES: Record<Language, Record<FailureCode, string>> = { en, id };

/** The remedies in the language of the page. They are not among the words of the first view: only Runs needs them. */
export const useRemedies = () => REMEDIES[useLanguage().language];
