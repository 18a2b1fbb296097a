import { describe, expect, it } from 'vitest';
import { isPrivateAddress, webhookUrlProblem } from './webhook-address.js';

const rule = (url: string, allowPrivate = false) => webhookUrlProblem(url, allowPrivate)?.rule ?? null;

describe('a webhook\u2019s address', () => {
  it.each([
    'http://localhost:3000/',
    'http://a.LOCALHOST./',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://0/',
    'http://0.0.0.0:8080/',
    'http://10.1.2.3/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://192.0.0.192/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::]/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[64:ff9b:1::1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456::1]/',
    'http://[ff02::1]/',
    'http://[100::1]/',
    'http://[2001:db8::1]/',
  ])('%s is private, unless it is allowed', (url) => {
    expect([rule(url), rule(url, true)]).toEqual(['PRIVATE_ADDRESS', null]);
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'https://ann:secret@example.com/',
    'https://ann@example.com/',
    'https://',
    'example.com',
    'https://example.com:0/',
    'https://example.com:99999/',
    'https://exa\u200bmple.com/',
    'https://example.com/\r\nx: y',
    ' https://example.com/',
    'http://\uff11\uff12\uff17.0.0.1/',
    'https://[fe80::1%25eth0]/',
    `https://example.com/${'a'.repeat(2000)}`,
  ])('%j is none, whatever is allowed', (url) => {
    expect([rule(url), rule(url, true)]).toEqual(['URL', 'URL']);
  });

  it.each([
    'https://example.com/hook?token=1',
    'http://example.com:8080',
    'https://xn--mnchen-3ya.example/',
    'https://93.184.216.34/',
    'https://[2606:2800:220:1::1]/',
    'http://[64:ff9b::93.184.216.34]/',
    'http://[2002:5db8:d822::1]/',
    'http://[::ffff:93.184.216.34]/',
    'https://intranet/', // a name: judged when it is called
  ])('%s is fine', (url) => {
    expect(rule(url)).toBeNull();
  });

  it.each([
    'http:/\\127.0.0.1:3999\\x',
    'http:example.com',
    'https:///example.com',
    'http://@example.com',
    'https://a@b.example',
  ])('%s is written as nobody would, and hides where it leads', (url) => {
    expect(rule(url, true)).toBe('URL');
  });

  it('what cannot be read is private', () => {
    for (const text of [
      '',
      ':',
      ':::',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '256.1.1.1',
      'fe80::1%eth0',
      '1:2:3:4:5:6:7',
      '::1::',
      'g::1',
      '::1.2.3',
    ]) {
      expect([text, isPrivateAddress(text)]).toEqual([text, true]);
    }
  });
});
