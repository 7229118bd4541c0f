/** A kind of view: the column of its count, the Moodle component it counts, and its name for people. */
interface ViewKind {
  column: `${string}_views`;
  component: `mod_${string}`;
  label: string;
}

/**
 * The kinds of views, in the order of answers. Statements, loads, sums, API schemas, sample data and the
 * test oracle derive from this list. A new kind also needs a migration that adds its column (see CONTRIBUTING.md).
 */
export const VIEW_KINDS = [
  { column: 'file_views', component: 'mod_resource', label: 'Files' },
  { column: 'video_views', component: 'mod_page', label: 'Videos' },
  { column: 'forum_views', component: 'mod_forum', label: 'Forums' },
  { column: 'quiz_views', component: 'mod_quiz', label: 'Quizzes' },
  { column: 'assignment_views', component: 'mod_assign', label: 'Assignments' },
  { column: 'url_views', component: 'mod_url', label: 'URLs' },
] as const satisfies readonly ViewKind[];
