import type { ViewAsWords } from './en.ts';

export const viewAs = {
  title: 'Lihat sebagai pembaca',
  about:
    'Lihat apa yang dilihat pembaca satu kategori: halaman yang sama, dengan data kategori itu. Sementara itu, tidak ada proses yang dapat dimulai. Log server mencatat siapa melihat sebagai siapa.',
  administrators: 'Hanya administrator yang dapat melihat sebagai pembaca.',
  reads: 'Yang dibaca',
  do: 'Lihat sebagai',
  doOf: (name: string) => `Lihat sebagai ${name}`,
  none: 'Kategori ini tidak memuat kategori lain.',
  refused: 'Tindakan ini tidak dilakukan.',
  mark: (name: string) => `Anda melihat apa yang dibaca ${name}. Tidak ada proses yang dapat dimulai.`,
  unknown: (name: string) =>
    `Tidak ada data: tidak ada kategori bernama ${name}. Tidak ada proses yang dapat dimulai.`,
  stop: 'Berhenti',
} satisfies ViewAsWords;
