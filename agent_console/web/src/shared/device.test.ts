import { expect, test } from 'vitest'
import { deviceName } from './device'

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36'

test.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}`, 'Chrome 128 · Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Edg/127.0.2651.105`, 'Edge 127 · Windows'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`, 'Chrome 128 · ChromeOS'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0', 'Firefox 129 · Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
    'Safari 17 · iPhone',
  ],
  ['Python/3.11 aiohttp/3.10.5', 'Python/3.11 aiohttp/3.10.5'],
  ['', ''],
])('%s is shown by its product name', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name)
})
