// The health check of an image: exit code 0 when the program in this container is ready. It needs no shell.
//   node health.mjs PORT_VARIABLE [PATH]
import { get } from 'node:http';

const [variable = '', path = '/health/ready'] = process.argv.slice(2);
const timeoutMs = 5_000;

const request = get(
  { host: '127.0.0.1', port: Number(process.env[variable]), path, timeout: timeoutMs },
  (response) => {
    process.exitCode = response.statusCode === 200 ? 0 : 1;
    // What it says of itself, for `docker inspect`.
    response.pipe(process.stdout);
  },
);
request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
request.on('error', (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
