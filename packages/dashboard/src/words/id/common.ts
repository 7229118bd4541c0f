import type { Words } from '../en.ts';
import { pluralIn } from '../plural.ts';

const plural = pluralIn('id-ID');

export const common = {
  product: 'Aktivitas pengguna',
  skip: 'Langsung ke konten',
  navigation: 'Navigasi',
  home: 'Beranda',
  explore: 'Jelajahi',
  runs: 'Proses',
  share: 'Bagikan',
  language: 'Bahasa',
  theme: { label: 'Warna', auto: 'Mengikuti sistem', light: 'Terang', dark: 'Gelap' },
  signedInAs: (name: string) => `Masuk sebagai ${name}`,
  signOut: 'Keluar',
  apiDocs: 'Dokumentasi API',
  viewAs: 'Lihat sebagai …',
  version: (version: string) => `Versi ${version}`,
  printed: (date: string) => `Dicetak ${date}`,
  everything: 'Semua kategori',
  notFound: { title: 'Halaman ini tidak ada', back: 'Ke Beranda' },
  range: {
    label: 'Rentang tanggal',
    from: 'Dari',
    to: 'Sampai',
    show: 'Tampilkan',
    preset: 'Terakhir',
    days: (count: number, text: string) => plural(count, text, { other: 'hari' }),
    wrongOrder: 'Tanggal awal lebih baru daripada tanggal akhir.',
  },
  compare: {
    label: 'Bandingkan dengan',
    previous: 'Periode sebelumnya',
    year: 'Hari yang sama setahun lalu',
    none: 'Tanpa pembanding',
    with: (range: string) => `dibandingkan dengan ${range}`,
    unlike: 'Tanggal tanpa data di kedua rentang berbeda, jadi perubahan tidak dihitung.',
  },
  panel: {
    loading: 'Memuat',
    table: 'Tampilkan tabel',
    chart: 'Tampilkan grafik',
    retry: 'Coba lagi',
    failed: 'Data ini tidak dapat dibaca.',
    request: (id: string) => `Permintaan ${id}`,
    stale: 'Yang tampil adalah data sebelumnya.',
    nothing: 'Tidak ada data dalam rentang ini.',
  },
  noRuns: {
    title: 'Belum ada data',
    text: 'Belum ada proses yang selesai. Perintah ini mengekstrak hari kemarin:',
    command: './scripts/pnpm.sh etl pipeline',
    viewer: 'Belum ada proses yang selesai. Administrator yang memulai proses.',
  },
  noScope: {
    title: 'Akun Anda tidak memiliki akses ke kategori apa pun',
    text: 'Token Anda tidak memuat direktorat atau unit yang ada di Moodle. Mintalah token lain kepada administrator.',
  },
  perRange: 'jumlah dalam rentang',
  perInterval: { day: 'per hari', week: 'per pekan', month: 'per bulan' },
  asOf: (moment: string) => `per ${moment}`,
  missingDates: (count: number, text: string) =>
    `${plural(count, text, { other: 'tanggal' })} tanpa data dalam rentang ini.`,
  withheld: (below: string, count: number | undefined, text: string) =>
    `${count === undefined ? 'Mata kuliah' : plural(count, text, { other: 'mata kuliah' })} tidak termasuk dalam data ini pada hari dengan kurang dari ${below} mahasiswa.`,
  courses: (count: number, text: string) => plural(count, text, { other: 'mata kuliah' }),
} satisfies Words['common'];
