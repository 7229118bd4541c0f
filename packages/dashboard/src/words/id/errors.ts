import type { Words } from '../en.ts';

export const errors = {
  UNREACHABLE: 'Server tidak dapat dihubungi. Periksa koneksi.',
  UNREADABLE: 'Server memberi jawaban yang tidak dikenal.',
  INVALID_REQUEST: 'Alamat halaman ini berisi nilai yang salah.',
  UNAUTHORIZED: 'Anda sudah keluar. Masuk lagi.',
  FORBIDDEN: 'Hanya administrator yang boleh melakukan ini.',
  NOT_FOUND: 'Data ini tidak ada, atau Anda tidak boleh membacanya.',
  RATE_LIMITED: 'Terlalu banyak permintaan. Tunggu satu menit, lalu coba lagi.',
  DATABASE_UNAVAILABLE: 'Basis data tidak dapat dihubungi. Data tetap aman.',
  QUEUE_UNAVAILABLE: 'Antrean tidak dapat dihubungi. Data dapat dibaca, tetapi proses tidak dapat dimulai.',
  SIGN_IN_UNAVAILABLE: 'Kunci untuk masuk tidak dapat dibaca. Coba lagi dalam satu menit.',
  INTERNAL_ERROR: 'Terjadi kesalahan pada server. Log server mencatat permintaan ini.',
  SETTINGS_DIFFER: 'Pengaturan server ini berbeda dari pengaturan data.',
  SOURCE_PURGED: 'Moodle telah menghapus baris log tanggal ini. Datanya dipertahankan.',
  ETL_ALREADY_RUNNING: 'Proses untuk tanggal ini sedang berjalan.',
  ETL_WINDOW_EXPIRED: 'Waktu untuk memproses tanggal ini sudah lewat.',
  ETL_PREREQUISITES_MISSING: 'Penghitungan tanggal ini belum selesai.',
} satisfies Words['errors'];
