import type { Words } from './en.ts';
import { charts } from './id/charts.ts';
import { common } from './id/common.ts';
import { course } from './id/course.ts';
import { errors } from './id/errors.ts';
import { explore } from './id/explore.ts';
import { figures } from './id/figures.ts';
import { home } from './id/home.ts';
import { runs } from './id/runs.ts';
import { share } from './id/share.ts';
import { signIn } from './id/sign-in.ts';

/** Indonesian. */
export const id = {
  charts,
  common,
  course,
  errors,
  explore,
  figures,
  home,
  runs,
  share,
  signIn,
} satisfies Words;
