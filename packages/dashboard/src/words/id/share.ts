import type { Words } from '../en.ts';

export const share = {
  title: 'Bagikan',
  what: 'Yang diambil',
  of: {
    listed: 'Mata kuliah, seperti daftar di Jelajahi',
    day: 'Jumlah setiap hari',
    course: 'Jumlah setiap mata kuliah',
    unit: 'Jumlah setiap unit',
    directorate: 'Jumlah setiap direktorat',
    rows: 'Baris satu hari, per mata kuliah',
  },
  about: (what, range) => `${what}, ${range}`,
  within: (name) => `hanya ${name} dan yang di bawahnya`,
  sorted: { asc: 'Diurutkan naik menurut', desc: 'Diurutkan turun menurut' },
  wholeScope: 'Ambil semua kategori',
  rowsOf: (date) => `dari ${date}, tanggal terakhir rentang ini`,
  tooLong: (most) => `Berkas ini memuat paling banyak ${most} hari. Pilih rentang yang lebih pendek.`,
  download: (file) => `Unduh ${file}`,
  format: 'Format',
  formats: {
    csv: { name: 'CSV', about: 'CSV dalam UTF-8, dengan semua baris' },
    xlsx: { name: 'Excel (XLSX)', about: 'Excel (XLSX), dengan semua baris dan lembar penjelasan' },
    parquet: { name: 'Parquet', about: 'Parquet untuk DuckDB, pandas, dan R, dengan semua baris' },
  },
  preview: 'Baris-baris pertama berkas',
  more: (count) => `${count} baris ditampilkan`,
  firstColumns: (shown, all) => `Dicetak: ${shown} kolom pertama dari ${all} kolom.`,
  missing: (dates) => `Tanggal berikut tanpa data dan tidak termasuk dalam jumlah: ${dates}.`,
  sameRequest: 'Permintaan yang sama dari program',
  sameRequestAbout:
    'TOKEN adalah token API, dan program membaca apa yang boleh dibaca token itu. Sesi peramban ini tidak berlaku dalam program.',
  program: 'Program',
  needs: {
    curl: 'Untuk shell (sh, bash, zsh) dengan curl 7.55 atau lebih baru. Berkasnya disimpan. Isi variabel lingkungan TOKEN.',
    python: 'Untuk Python 3.8 atau lebih baru, tanpa paket tambahan. Isi variabel lingkungan TOKEN.',
    php: 'Untuk PHP 7.4 atau lebih baru dengan ekstensi curl dan json. Isi variabel lingkungan TOKEN.',
    r: 'Untuk R 3.6 atau lebih baru dengan paket curl dan jsonlite. Isi variabel lingkungan TOKEN.',
    'power-query':
      'Untuk Excel dan Power BI: kueri kosong di Editor Tingkat Lanjut. Buat dahulu parameter teks bernama TOKEN. Pilih akses anonim.',
  },
  copy: (language) => `Salin untuk ${language}`,
  copied: 'Tersalin.',
  scope: 'Yang boleh Anda baca',
  administrator: 'Sebagai administrator, Anda dapat membaca semua kategori.',
  viewer: 'Anda dapat membaca kategori berikut dan semua yang ada di bawahnya:',
  docs: 'Dokumentasi API',
} satisfies Words['share'];
