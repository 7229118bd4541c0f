import type { Words } from './en.ts';
import { charts } from './id/charts.ts';
import { common } from './id/common.ts';
import { errors } from './id/errors.ts';
import { explore } from './id/explore.ts';
import { figures } from './id/figures.ts';
import { home } from './id/home.ts';
import { signIn } from './id/sign-in.ts';

/** Indonesian. */
export const id = { charts, common, errors, explore, figures, home, signIn } satisfies Words;
