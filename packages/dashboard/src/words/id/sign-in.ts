import type { Words } from '../en.ts';

export const signIn = {
  title: 'Masuk',
  about: 'Lihat seberapa sering setiap mata kuliah Moodle digunakan, hari demi hari.',
  token: 'Token',
  hint: 'Token diberikan oleh administrator sistem ini.',
  submit: 'Masuk',
  busy: 'Sedang masuk …',
  ended: 'Sesi Anda telah berakhir. Silakan masuk lagi.',
  left: 'Anda sudah keluar.',
  refused: 'Token ini tidak berlaku, atau tidak berlaku lagi.',
  refusedCode: 'Alamat ini sudah dipakai, atau lebih lama dari satu menit. Masuklah dengan token.',
  tooLong: 'Token ini terlalu panjang untuk sesi peramban. Mintalah token dengan klaim lebih sedikit.',
  withoutHttps:
    'Peramban menyimpan sesi hanya lewat HTTPS. Bukalah halaman ini di alamat yang diawali https://. Administrator mengisi ETL_PUBLIC_URL dengan alamat itu.',
  otherAddress:
    'Sebuah proxy mengubah alamat halaman ini. Administrator mengisi ETL_PUBLIC_URL dengan alamat yang dibuka orang.',
  off: 'Fitur masuk dinonaktifkan di server ini. Log server menjelaskan sebabnya.',
} satisfies Words['signIn'];
