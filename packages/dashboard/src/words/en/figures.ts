import type { FigureState, Metric, PointState, ViewKind } from '../../api/types.ts';

/** The kinds of views. The order is that of legends and tables. */
const kinds: Record<ViewKind, string> = {
  file_views: 'Files',
  video_views: 'Videos',
  forum_views: 'Forums',
  quiz_views: 'Quizzes',
  assignment_views: 'Assignments',
  url_views: 'Links',
};

const metrics: Record<Metric, string> = {
  total_views: 'Views',
  ...kinds,
  num_students: 'Enrolments',
  num_teachers: 'Teachers',
  active_days: 'Days with activity',
  avg_activity_per_student_per_day: 'Views per student and day',
};

const states: Record<FigureState | PointState, string> = {
  final: 'Final',
  provisional: 'Provisional',
  purged: 'Kept; Moodle has deleted its log',
  missing: 'Missing',
  future: 'Future',
  incomplete: 'Incomplete',
};

export const figures = {
  metric: 'Figure',
  kinds,
  metrics,
  states,
  date: 'Date',
  change: 'Change',
  lastActive: 'Last active',
};
