import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

export const common = {
  product: 'User activity',
  skip: 'Skip to the content',
  navigation: 'Views',
  home: 'Home',
  explore: 'Explore',
  runs: 'Runs',
  share: 'Share',
  language: 'Language',
  theme: { label: 'Colours', auto: 'As the system', light: 'Light', dark: 'Dark' },
  signedInAs: (name: string) => `Signed in as ${name}`,
  signOut: 'Sign out',
  apiDocs: 'API documentation',
  viewAs: 'View as …',
  version: (version: string) => `Version ${version}`,
  printed: (date: string) => `Printed ${date}`,
  everything: 'All categories',
  notFound: { title: 'There is no such page', back: 'Go to Home' },
  range: {
    label: 'Range of dates',
    from: 'From',
    to: 'To',
    show: 'Show',
    preset: 'Last',
    days: (count: number, text: string) => plural(count, text, { one: 'day', other: 'days' }),
    wrongOrder: 'The first date is after the last.',
  },
  compare: {
    label: 'Compare with',
    previous: 'The period before',
    year: 'Same weekdays, a year ago',
    none: 'Nothing',
    with: (range: string) => `compared with ${range}`,
    unlike: 'Other dates are missing in the compared range, so there is no change.',
  },
  panel: {
    loading: 'Loading',
    table: 'Show as table',
    chart: 'Show as chart',
    retry: 'Try again',
    failed: 'This could not be read.',
    request: (id: string) => `Request ${id}`,
    stale: 'These are the figures from before.',
    nothing: 'There are no figures in this range.',
  },
  noRuns: {
    title: 'No figures yet',
    text: 'No run has finished. This command extracts yesterday:',
    command: './scripts/pnpm.sh etl pipeline',
    viewer: 'No run has finished. An administrator starts runs.',
  },
  noScope: {
    title: 'Your account reads no category',
    text: 'Your token names no directorate or unit that Moodle has. Ask an administrator for another token.',
  },
  perRange: 'sums of the range',
  perInterval: { day: 'per day', week: 'per week', month: 'per month' },
  asOf: (moment: string) => `as of ${moment}`,
  missingDates: (count: number, text: string) =>
    `${plural(count, text, { one: 'date is', other: 'dates are' })} missing in this range.`,
  withheld: (below: string, count: number | undefined, text: string) =>
    `${count === undefined ? 'Courses are' : plural(count, text, { one: 'course is', other: 'courses are' })} not in these figures on days with fewer than ${below} students.`,
  courses: (count: number, text: string) => plural(count, text, { one: 'course', other: 'courses' }),
};
