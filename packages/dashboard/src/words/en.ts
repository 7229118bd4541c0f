import { charts } from './en/charts.ts';
import { common } from './en/common.ts';
import { course } from './en/course.ts';
import { errors } from './en/errors.ts';
import { explore } from './en/explore.ts';
import { figures } from './en/figures.ts';
import { home } from './en/home.ts';
import { runs } from './en/runs.ts';
import { share } from './en/share.ts';
import { signIn } from './en/sign-in.ts';

/** English. Each section is a file; `id` has the same sections, and a missing text does not compile. */
export const en = { charts, common, course, errors, explore, figures, home, runs, share, signIn };

export type Words = typeof en;
