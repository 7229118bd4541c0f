import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

export const share = {
  title: 'Share',
  what: 'What to take',
  of: {
    listed: 'Courses, as Explore lists them',
    day: 'Sums of each day',
    course: 'Sums of each course',
    unit: 'Sums of each unit',
    directorate: 'Sums of each directorate',
    rows: 'Rows of one day, course by course',
  },
  about: (what: string, range: string) => `${what}, ${range}`,
  within: (name: string) => `only ${name} and what is below it`,
  sorted: { asc: 'Sorted upwards by', desc: 'Sorted downwards by' },
  wholeScope: 'Take all categories',
  rowsOf: (date: string) => `of ${date}, the last date of the range`,
  tooLong: (most: number) => `Such a file has at most ${most} days. Choose a shorter range.`,
  download: (file: string) => `Download ${file}`,
  format: 'Format',
  formats: {
    csv: { name: 'CSV', about: 'CSV in UTF-8, with all rows' },
    xlsx: { name: 'Excel (XLSX)', about: 'Excel (XLSX), with all rows and a sheet about them' },
    parquet: { name: 'Parquet', about: 'Parquet for DuckDB, pandas and R, with all rows' },
  },
  preview: 'The first rows of the file',
  more: (count: number) => plural(count, String(count), { one: 'row is shown', other: 'rows are shown' }),
  firstColumns: (shown: number, all: number) => `Printed: the first ${shown} of ${all} columns.`,
  missing: (dates: string) => `These dates are missing and not in the sums: ${dates}.`,
  sameRequest: 'The same request from a program',
  sameRequestAbout:
    'TOKEN is an API token, and the program reads what that token may read. The session of this browser does not work in programs.',
  program: 'Program',
  needs: {
    curl: 'For a shell (sh, bash, zsh) with curl 7.55 or newer. It saves the file. Set the environment variable TOKEN.',
    python: 'For Python 3.8 or newer, without packages. Set the environment variable TOKEN.',
    php: 'For PHP 7.4 or newer with its extensions curl and json. Set the environment variable TOKEN.',
    r: 'For R 3.6 or newer with the packages curl and jsonlite. Set the environment variable TOKEN.',
    'power-query':
      'For Excel and Power BI: a blank query in the Advanced Editor. Make a text parameter with the name TOKEN first. Choose anonymous access.',
  },
  copy: (language: string) => `Copy for ${language}`,
  copied: 'Copied.',
  scope: 'What you may read',
  administrator: 'As an administrator you read all categories.',
  viewer: 'You read these categories, and all below them:',
  docs: 'Documentation of the API',
};
