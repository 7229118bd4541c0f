import type { Words } from '../en.ts';

export const home = {
  title: 'Beranda',
  final: (date: string, time?: string) =>
    time ? `${date} sudah final, dihitung ${time}.` : `${date} sudah final.`,
  lateDate: (date: string, due: string) => `${date} terlambat: seharusnya selesai ${due}.`,
  failedDate: (date: string) => `Proses terakhir ${date} gagal.`,
  more: (count: string) => `${count} lagi.`,
  attention: 'Perlu perhatian',
  figures: 'Ringkasan rentang ini',
  line: (metric: string, whose: string) => `${metric}: ${whose}`,
  heat: (whose: string) => `Kunjungan per hari: ${whose}`,
  children: (whose: string) => `Perubahan kunjungan: ${whose}`,
  falling: 'Lihat mata kuliah yang paling turun',
  silent: 'Mata kuliah yang tidak lagi aktif',
  silentAbout: 'Ada kunjungan dalam 28 hari sebelum rentang ini, tetapi tidak ada di dalamnya.',
  noSilent: 'Tidak ada mata kuliah yang berhenti aktif.',
  allSilent: (text: string) => `Lihat semua (${text})`,
  category: 'Kategori',
  course: 'Mata kuliah',
} satisfies Words['home'];
