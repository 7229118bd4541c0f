export const course = {
  title: 'Course',
  path: 'Path of the course',
  lastActive: (date: string) => `last active ${date}`,
  inactive: 'no activity in this range',
  kinds: (name: string) => `Views by kind: ${name}`,
  kindsAbout: 'per day, all kinds on one scale',
  enrolments: (name: string) => `Enrolments: ${name}`,
  enrolmentsAbout: 'students and teachers, as counted with each date',
  line: (metric: string, name: string) => `${metric}: ${name}`,
};
