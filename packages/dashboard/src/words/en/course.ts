export const course = {
  title: 'Course',
  lastActive: (date: string) => `last active ${date}`,
  inactive: 'no activity in this range',
  kinds: (name: string) => `Views by kind: ${name}`,
  kindsAbout: 'per day, all kinds on one scale',
  enrolments: (name: string) => `Enrolments: ${name}`,
  enrolmentsAbout: 'students and teachers, as counted with each date',
  changes: (name: string) => `What changed: ${name}`,
  changesAbout: 'difference of views by kind and period',
  kind: 'Kind',
  difference: 'Difference',
  fell: {
    kind: (kind: string, views: string) => `${kind} fell most, by ${views} views`,
    span: (range: string, views: string) => `The largest fall was in ${range}: ${views} fewer.`,
  },
  rose: {
    kind: (kind: string, views: string) => `${kind} rose most, by ${views} views`,
    span: (range: string, views: string) => `The largest rise was in ${range}: ${views} more.`,
  },
  withheld: (below: string) => `Days with fewer than ${below} students are not in these figures.`,
  comparedWithheld: (below: string) =>
    `The compared range has days with fewer than ${below} students, so there is no change.`,
  shownInactive: (below: string) => `no activity on days with ${below} students or more`,
  notExtracted: 'No date of this range has been counted.',
  choose: {
    day: 'Choose a day to see where its figure comes from.',
    week: 'Choose a week to see its days. Each of them says where its figure comes from.',
    month: 'Choose a month to see its days. Each of them says where its figure comes from.',
  },
  line: (metric: string, name: string) => `${metric}: ${name}`,
};
