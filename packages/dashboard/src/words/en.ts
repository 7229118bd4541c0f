import { charts } from './en/charts.ts';
import { common } from './en/common.ts';
import { errors } from './en/errors.ts';
import { explore } from './en/explore.ts';
import { figures } from './en/figures.ts';
import { home } from './en/home.ts';
import { signIn } from './en/sign-in.ts';

/** English. Each section is a file; `id` has the same sections, and a missing text does not compile. */
export const en = { charts, common, errors, explore, figures, home, signIn };

export type Words = typeof en;
