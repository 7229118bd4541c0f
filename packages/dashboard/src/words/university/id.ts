import type { UniversityWords } from './en.ts';

export const university = {
  account: 'Masuk dengan akun universitas',
  otherAccount: 'Masuk dengan akun universitas lain',
  orToken: 'atau dengan token',
  refusals: {
    expired: 'Proses masuk berlangsung lebih dari 10 menit. Silakan masuk lagi.',
    state:
      'Proses masuk ini sudah selesai, atau dimulai di peramban atau tab lain. Silakan masuk lagi di halaman ini.',
    provider:
      'Layanan masuk universitas tidak dapat dihubungi, atau tidak mengenal sistem ini. Coba lagi beberapa menit lagi, atau masuklah dengan token. Log server menjelaskan sebabnya.',
    refused:
      'Universitas tidak mengonfirmasi proses masuk. Silakan masuk lagi, atau hubungi layanan bantuannya.',
    invalid:
      'Jawaban dari universitas tidak sah. Silakan masuk lagi. Jika terulang, beri tahu administrator sistem ini.',
    proxy:
      'Proses masuk di universitas berhasil, tetapi servernya tidak meneruskan identitas Anda dalam bentuk yang dibutuhkan sistem ini. Beri tahu administrator sistem ini. Log sistem mencatat header yang salah.',
    'no-scope':
      'Akun universitas Anda benar, tetapi belum ada fakultas atau program studi untuknya di sini. Mintalah tim pengelola Moodle di universitas Anda untuk mengaturnya.',
    'too-long':
      'Akun universitas Anda memiliki terlalu banyak peran untuk sesi peramban. Beri tahu administrator sistem ini.',
    address:
      'Universitas tidak dapat mengarahkan kembali ke alamat ini. Administrator mengisi ETL_PUBLIC_URL dengan alamat yang dibuka orang.',
    failed: 'Server tidak dapat membaca basis datanya. Coba lagi beberapa menit lagi.',
  },
} satisfies UniversityWords;
