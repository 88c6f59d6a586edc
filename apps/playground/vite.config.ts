import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses, so that the built page works in any folder of a server.
  base: './',
  // What `npm start` trained stands beside the page: attention/, transformer/, rnn/.
  publicDir: fileURLToPath(new URL('../../out/translate', import.meta.url)),
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  plugins: [
    {
      name: 'browsers-have-no-node',
      enforce: 'pre',
      resolveId(source, importer) {
        if (source.startsWith('node:')) this.error(`${importer} needs ${source}, which browsers do not have`);
      },
    },
  ],
});
