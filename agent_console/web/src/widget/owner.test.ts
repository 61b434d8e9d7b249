import { expect, test } from 'vitest'
import { nameOwner } from './owner'

const sign = (claims: object) => `${btoa(JSON.stringify(claims)).replaceAll('=', '')}.signature`

test('a chat belongs to the address that the host site signed, whatever the time of signing', () => {
  const pia = { address: 'pia@customers.example', name: 'Pia' }
  expect(nameOwner({ identity: sign({ ...pia, expires_at: 1 }), name: '' })).toBe('pia@customers.example')
  expect(nameOwner({ identity: sign({ ...pia, expires_at: 2 }), name: 'x' })).toBe('pia@customers.example')
})

test('without a readable identity it belongs to the name', () => {
  for (const identity of ['', 'nonsense', '.', `${btoa('7')}.x`]) {
    expect(nameOwner({ identity, name: 'Sam' })).toBe('Sam')
  }
})
