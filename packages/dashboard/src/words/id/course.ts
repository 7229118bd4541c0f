import type { Words } from '../en.ts';

export const course = {
  title: 'Mata kuliah',
  path: 'Letak mata kuliah',
  lastActive: (date) => `terakhir aktif ${date}`,
  inactive: 'tidak ada aktivitas dalam rentang ini',
  kinds: (name) => `Kunjungan menurut jenis: ${name}`,
  kindsAbout: 'per hari, semua jenis dengan satu skala',
  enrolments: (name) => `Pendaftaran: ${name}`,
  enrolmentsAbout: 'mahasiswa dan pengajar, sebagaimana dihitung pada setiap tanggal',
  line: (metric, name) => `${metric}: ${name}`,
} satisfies Words['course'];
