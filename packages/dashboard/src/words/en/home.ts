import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

export const home = {
  title: 'Home',
  final: (date: string, time: string) => `${date} is final, counted ${time}.`,
  views: (count: number, text: string) => plural(count, text, { one: 'view', other: 'views' }),
  lateDate: (date: string, due: string) => `${date} is late: it was due ${due}.`,
  failedDate: (date: string) => `The last run of ${date} failed.`,
  more: (count: string) => `${count} more.`,
  attention: 'Needs attention',
  figures: 'Figures of the range',
  line: (metric: string, whose: string) => `${metric}: ${whose}`,
  heat: (whose: string) => `Views by day: ${whose}`,
  children: (whose: string) => `Change of views: ${whose}`,
  silent: 'Courses gone silent',
  silentAbout: 'They had views in the 28 days before this range, and none in it.',
  noSilent: 'No course has gone silent.',
  allSilent: (text: string) => `See all ${text}`,
  category: 'Category',
  course: 'Course',
};
