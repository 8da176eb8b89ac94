import { startFakePlatform } from './fake-platform.ts';

// SIGUSR2 lets the owners of every other city go away and come back.
// A platform of synthetic weather for work on the dashboard: node test-support/serve.ts [live|replay|empty] [port]
const [mode = 'live', port = '8080'] = process.argv.slice(2);
if (mode !== 'live' && mode !== 'replay' && mode !== 'empty') throw new Error(`unknown mode "${mode}"`);
let away = false;
const platform = await startFakePlatform({ mode, port: Number(port) });
process.stdout.write(`dashboard ${platform.url}\ningest    ${platform.ingestUrl}\n`);
process.on('SIGUSR2', () => {
  away = !away;
  platform.setAway(away);
});
process.once('SIGINT', () => void platform.close().then(() => process.exit(0)));
