import { defineConfig, type ProxyOptions } from 'vite';

/** The gateway behind `pnpm dev`, and the token that the proxy adds to each call. */
const { DASHBOARD_GATEWAY = 'http://127.0.0.1:8081', DASHBOARD_TOKEN } = process.env;

const toGateway: ProxyOptions = {
  target: DASHBOARD_GATEWAY,
  ...(DASHBOARD_TOKEN && { headers: { authorization: `Bearer ${DASHBOARD_TOKEN}` } }),
};

export default defineConfig({
  base: '/app/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      { find: /^react$/, replacement: 'preact/compat' },
      { find: /^react-dom$/, replacement: 'preact/compat' },
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
      // Small parts that the first view shares with later ones would each be a file of its own.
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /\/src\/(dates|words\/plural|charts\/(twin|states)|shell\/.*|words\/en.*)\.tsx?$/,
            },
          ],
        },
      },
      // Directives such as "use client" are for servers that render React.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  server: { proxy: { '/api': toGateway, '/app/session': toGateway } },
});
