/**
 * The HTTP API of the devices: the actions of a customer.
 *
 * The rule of this file: a refusal is an error with the sandbox's code. The code is "" if the hub cannot be reached.
 */
import type { Call, DeviceOwner, Fault, FileOut, Hub, Mail, MailOut, Text } from './wire'

const BASE = '/sandbox/api'

export class SandboxRefusal extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(code || 'unreachable')
  }
}

async function ask<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
  const headers = body ? { 'Content-Type': 'application/json' } : undefined
  let response: Response
  try {
    response = await fetch(BASE + path, { method, headers, body: body && JSON.stringify(body) })
  } catch {
    throw new SandboxRefusal('', '')
  }
  const answer: unknown = await response.json().catch(() => ({}))
  if (response.ok) return answer as Answer
  const { error, detail } = answer as { error?: string; detail?: string }
  throw new SandboxRefusal(error ?? 'server', detail ?? '')
}

const one = (customer: string, path: string) => `/customers/${customer}${path}`

export const api = {
  customers: () => ask<{ customers: DeviceOwner[]; telephones: DeviceOwner[]; hub: Hub }>('GET', '/customers'),
  dial: (customer: string, to: string) => ask<Call>('POST', one(customer, '/call'), { to }),
  answer: (customer: string) => ask<Call>('POST', one(customer, '/call/answer'), {}),
  hangUp: (customer: string) => ask<Call>('POST', one(customer, '/call/hangup'), {}),
  speak: (customer: string, text: string) => ask<Call>('POST', one(customer, '/call/say'), { text }),
  press: (customer: string, digits: string) => ask<Call>('POST', one(customer, '/call/digits'), { digits }),
  writeText: (customer: string, text: string, media: FileOut[]) =>
    ask<Text>('POST', one(customer, '/texts'), { text, media }),
  readMail: (customer: string, mail: string) => ask<Mail>('GET', one(customer, `/mails/${encodeURIComponent(mail)}`)),
  writeMail: (customer: string, mail: MailOut) => ask<Mail>('POST', one(customer, '/mails'), mail),
  attachment: (customer: string, mail: string, number: number) =>
    `${BASE}${one(customer, `/mails/${encodeURIComponent(mail)}/attachments/${number}`)}`,
  faults: () => ask<{ faults: Fault[] }>('GET', '/faults'),
  addFault: (fault: Fault) => ask<{ faults: Fault[] }>('POST', '/faults', fault),
  clearFaults: () => ask<{ faults: Fault[] }>('DELETE', '/faults'),
  events: (customer: string) => new EventSource(`${BASE}/events?customer=${encodeURIComponent(customer)}`),
}
