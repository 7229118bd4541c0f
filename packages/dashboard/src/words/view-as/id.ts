import type { ViewAsWords } from './en.ts';

export const viewAs = {
  title: 'Lihat sebagai pembaca',
  about:
    'Lihat apa yang dilihat pembaca satu kategori: halaman yang sama, dengan data kategori itu. Sementara itu, tidak ada proses yang dapat dimulai. Log server mencatat siapa melihat sebagai siapa.',
  administrators: 'Hanya administrator yang dapat melihat sebagai pembaca.',
  stopFirst: 'Anda sudah melihat sebagai pembaca. Tekan Berhenti di atas, lalu pilih kategori lain di sini.',
  reads: 'Yang dibaca',
  do: 'Lihat sebagai',
  doOf: (name: string) => `Lihat sebagai ${name}`,
  none: 'Kategori ini tidak memuat kategori lain.',
  notBegun: 'Anda masih melihat data Anda sendiri.',
  notStopped: 'Anda masih melihat sebagai pembaca. Tekan Berhenti lagi.',
  mark: (name: string) =>
    `Anda melihat apa yang dilihat pembaca ${name}. Tidak ada proses yang dapat dimulai.`,
  unknown: (name: string) =>
    `Tidak ada data: tidak ada kategori bernama ${name}. Tidak ada proses yang dapat dimulai.`,
  stop: 'Berhenti',
} satisfies ViewAsWords;
