import { expect, test } from 'vitest'
import { splitLinks } from './links'

test('addresses are found without the punctuation after them', () => {
  expect(splitLinks('See https://bank.example/cards. 或 http://bank.example/卡，谢谢')).toEqual([
    { text: 'See ', href: '' },
    { text: 'https://bank.example/cards', href: 'https://bank.example/cards' },
    { text: '. 或 ', href: '' },
    { text: 'http://bank.example/卡', href: 'http://bank.example/卡' },
    { text: '，谢谢', href: '' },
  ])
})

test('only http and https addresses become links', () => {
  for (const text of ['javascript:alert(1)', 'file:///etc/passwd', 'www.bank.example', '']) {
    expect(splitLinks(text).some((part) => part.href)).toBe(false)
  }
})
