import type { Words } from '../en.ts';

export const course = {
  title: 'Mata kuliah',
  lastActive: (date) => `terakhir aktif ${date}`,
  inactive: 'tidak ada aktivitas dalam rentang ini',
  kinds: (name) => `Kunjungan menurut jenis: ${name}`,
  kindsAbout: 'per hari, semua jenis dengan satu skala',
  enrolments: (name) => `Pendaftaran: ${name}`,
  enrolmentsAbout: 'mahasiswa dan pengajar, sebagaimana dihitung pada setiap tanggal',
  changes: (name) => `Yang berubah: ${name}`,
  changesAbout: 'selisih kunjungan menurut jenis dan periode',
  kind: 'Jenis',
  difference: 'Selisih',
  fell: {
    kind: (kind, views) => `${kind} paling turun, sebanyak ${views} kunjungan`,
    span: (range, views) => `Penurunan terbesar pada ${range}: ${views} lebih sedikit.`,
  },
  rose: {
    kind: (kind, views) => `${kind} paling naik, sebanyak ${views} kunjungan`,
    span: (range, views) => `Kenaikan terbesar pada ${range}: ${views} lebih banyak.`,
  },
  withheld: (below) => `Hari dengan kurang dari ${below} mahasiswa tidak termasuk dalam data ini.`,
  comparedWithheld: (below) =>
    `Rentang pembanding memiliki hari dengan kurang dari ${below} mahasiswa, sehingga perubahan tidak ada.`,
  shownInactive: (below) => `tidak ada aktivitas pada hari dengan ${below} mahasiswa atau lebih`,
  notExtracted: 'Belum ada tanggal dalam rentang ini yang dihitung.',
  choose: {
    day: 'Pilih hari untuk melihat asal datanya.',
    week: 'Pilih minggu untuk melihat hari-harinya. Setiap hari menunjukkan asal datanya.',
    month: 'Pilih bulan untuk melihat hari-harinya. Setiap hari menunjukkan asal datanya.',
  },
  line: (metric, name) => `${metric}: ${name}`,
} satisfies Words['course'];
