export * from './activity-counts.ts';
export * from './categories.ts';
export * from './course-contexts.ts';
export * from './courses.ts';
export * from './log-slices.ts';
export * from './log-stretch.ts';
export * from './source.ts';
export * from './user-counts.ts';
