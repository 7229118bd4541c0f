import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

export const common = {
  product: 'User activity',
  skip: 'Skip to the content',
  navigation: 'Views',
  home: 'Home',
  explore: 'Explore',
  language: 'Language',
  theme: { label: 'Colours', auto: 'As the system', light: 'Light', dark: 'Dark' },
  signedInAs: (name: string) => `Signed in as ${name}`,
  signOut: 'Sign out',
  apiDocs: 'API documentation',
  version: (version: string) => `Version ${version}`,
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
    command: './scripts/pnpm.sh etl run_pipeline',
    viewer: 'No run has finished. An administrator starts runs.',
  },
  noScope: {
    title: 'Your account reads no category',
    text: 'Your directorate or unit does not exist in Moodle. An administrator can correct it.',
  },
  perRange: 'sums of the range',
  perInterval: { day: 'per day', week: 'per week', month: 'per month' },
  figuresUntil: (date: string, zone: string) => `figures until ${date}, days in ${zone}`,
  missingDates: (count: number, text: string) =>
    `${plural(count, text, { one: 'date is', other: 'dates are' })} missing in this range.`,
  provisional: (date: string) => `${date} is provisional: it was counted before the day had ended.`,
  courses: (count: number, text: string) => plural(count, text, { one: 'course', other: 'courses' }),
};
