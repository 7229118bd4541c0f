import type { Words } from '../en.ts';

const kinds = {
  file_views: 'Berkas',
  video_views: 'Video',
  forum_views: 'Forum',
  quiz_views: 'Kuis',
  assignment_views: 'Tugas',
  url_views: 'Tautan',
} satisfies Words['figures']['kinds'];

export const figures = {
  metric: 'Metrik',
  kinds,
  metrics: {
    total_views: 'Kunjungan',
    ...kinds,
    num_students: 'Pendaftaran',
    num_teachers: 'Pengajar',
    active_days: 'Hari dengan aktivitas',
    avg_activity_per_student_per_day: 'Kunjungan per mahasiswa per hari',
  },
  states: {
    final: 'Final',
    provisional: 'Sementara',
    purged: 'Dipertahankan; lognya sudah dihapus di Moodle',
    missing: 'Tanpa data',
    future: 'Akan datang',
    incomplete: 'Tidak lengkap',
  },
  date: 'Tanggal',
  change: 'Perubahan',
  lastActive: 'Terakhir aktif',
} satisfies Words['figures'];
