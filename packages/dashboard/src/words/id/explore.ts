import type { Words } from '../en.ts';

export const explore = {
  title: 'Jelajah',
  path: 'Jalur kategori',
  categories: 'Kategori',
  own: (name: string) => `Mata kuliah langsung di ${name}`,
  gone: 'Kategori yang sudah tidak ada',
  active: 'Mata kuliah aktif',
  courses: 'Mata kuliah',
  search: 'Cari mata kuliah',
  searchHint: 'Nama, nama singkat, atau nomor ID',
  submit: 'Cari',
  filter: {
    label: 'Tampilkan',
    all: 'Semua',
    silent: 'Menjadi sepi',
    new: 'Baru',
    falling: 'Turun',
    rising: 'Naik',
  },
  weekly: '12 minggu',
  next: 'Halaman berikutnya',
  first: 'Halaman pertama',
  none: 'Tidak ada mata kuliah yang cocok.',
  found: (text: string) => `${text} ditemukan`,
  name: 'Nama',
  sortBy: (column: string) => `Urutkan menurut ${column}`,
} satisfies Words['explore'];
