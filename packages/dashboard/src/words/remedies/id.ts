import type { FailureCode } from '../../api/types.ts';

export const remedies: Record<FailureCode, string> = {
  CANCELLED: 'Proses ini dibatalkan oleh pengguna. Jalankan lagi tanggalnya jika datanya diperlukan.',
  COUNTS_FAILED:
    'Penggabungan menunggu penghitungan yang gagal. Perbaiki penyebabnya, lalu jalankan lagi batch yang gagal.',
  DAY_NOT_OVER:
    'Jam salah: proses dimulai sebelum harinya berakhir. Sinkronkan jam dengan NTP, lalu jalankan lagi tanggalnya.',
  JOB_GIVEN_UP:
    'Worker untuk batch ini mati berulang kali. Baca log-nya, lalu jalankan lagi batch yang gagal.',
  ERROR: 'Baca pesan di bawah. Perbaiki penyebabnya, lalu jalankan lagi batch yang gagal.',
  UNKNOWN:
    'Proses versi lama mengakhiri batch ini. Kodenya muncul di sini dalam satu jam. Baca pesan di bawah.',
  SOURCE_PURGED: 'Moodle telah menghapus baris log tanggal ini. Tidak perlu tindakan: datanya dipertahankan.',
  SETTINGS_DIFFER:
    'Zona waktu atau peran berbeda dari data yang tersimpan. Bandingkan dengan “etl settings”, lalu jalankan lagi tanggalnya.',
  ETL_WINDOW_EXPIRED: 'Proses tidak dapat dimulai tepat waktu. Jalankan lagi tanggalnya.',
  ETL_ALREADY_RUNNING: 'Proses lain untuk tanggal ini sedang berjalan. Tunggu sampai selesai.',
  ETL_PREREQUISITES_MISSING: 'Penghitungan tanggal ini belum selesai. Jalankan seluruh tanggalnya.',
  DATABASE_UNAVAILABLE:
    'Basis data tidak dapat dihubungi. Perbaiki; jadwal menjalankan lagi tanggal yang gagal dalam satu jam.',
  QUEUE_UNAVAILABLE: 'Redis tidak dapat dihubungi. Perbaiki, lalu jalankan lagi batch yang gagal.',
  SIGN_IN_UNAVAILABLE: 'Kunci untuk masuk tidak dapat dibaca. Periksa ETL_JWT_JWKS_URL.',
  INTERNAL_ERROR: 'Terjadi kesalahan perangkat lunak. Laporkan bersama pesan di bawah.',
  INVALID_REQUEST: 'Permintaannya salah. Jalankan lagi tanggalnya.',
  UNAUTHORIZED: 'Proses masuk ditolak. Periksa akun dalam konfigurasi.',
  FORBIDDEN: 'Sebuah akun tidak punya hak. Periksa hak akses dengan “etl doctor”.',
  NOT_FOUND: 'Sesuatu yang diperlukan proses ini tidak ada. Baca pesan di bawah.',
  RATE_LIMITED: 'Terlalu banyak permintaan. Jalankan lagi batch yang gagal.',
};
