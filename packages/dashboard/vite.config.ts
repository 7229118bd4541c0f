import path from 'node:path';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';

/** The gateway behind `pnpm dev`, and the token that the proxy adds to each call. */
const { DASHBOARD_GATEWAY = 'http://127.0.0.1:8081', DASHBOARD_TOKEN } = process.env;

const toGateway: ProxyOptions = {
  target: DASHBOARD_GATEWAY,
  ...(DASHBOARD_TOKEN && { headers: { authorization: `Bearer ${DASHBOARD_TOKEN}` } }),
};

const BASE = '/app/';

/** The views that are loaded when they are opened, by the first part of their addresses below `BASE`. */
const VIEWS = {
  'sign-in': 'sign-in',
  explore: 'explore',
  courses: 'course',
  runs: 'runs',
  share: 'share',
  'view-as': 'view-as',
};

/** Writes `preloads.json`: the scripts of each view. The gateway names them in the headers of the view's page. */
function listPreloads(): Plugin {
  return {
    name: 'list-preloads',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const first = chunks.find(({ isEntry }) => isEntry);
      const known = new Set([first?.fileName, ...(first?.imports ?? [])]);
      const scriptsOf = (view: string) => {
        const own = chunks.find(({ facadeModuleId }) =>
          facadeModuleId?.endsWith(`/views/${view}/${view}.tsx`),
        );
        if (!own) throw new Error(`The view ${view} has no script of its own`);
        return [own.fileName, ...own.imports].filter((file) => !known.has(file)).map((file) => BASE + file);
      };
      const preloads = Object.fromEntries(
        Object.entries(VIEWS).map(([address, view]) => [address, scriptsOf(view)]),
      );
      this.emitFile({ type: 'asset', fileName: 'preloads.json', source: JSON.stringify(preloads) });
    },
  };
}

export default defineConfig({
  base: BASE,
  plugins: [listPreloads()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      { find: /^react$/, replacement: path.resolve(import.meta.dirname, 'src/api/react.ts') },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
    ],
  },
  build: {
    // The policy of the page refuses data: in scripts and styles, and every file has its own address.
    assetsInlineLimit: 0,
    // The first ones with light-dark() in styles, and with texts for the content that styles add.
    target: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The first view is one script beside its entry: fewer requests.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      // Directives such as "use client" are for servers that render React.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  server: { proxy: { '/api': toGateway, '/app/session': toGateway } },
});
