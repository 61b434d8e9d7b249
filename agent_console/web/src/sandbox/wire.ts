/** The types of the devices' API, as `channels/sandbox/README.md` defines it. */
export type DeviceOwner = {
  id: string
  name: string
  phone: string
  email: string
  language: string
  tier?: string
  identity?: string // signed, as a host site gives it to the widget
}

/** A telephone number of the hub, and its purpose by language. */
export type HubNumber = { number: string; names: Record<string, string>; language: string }

export type Hub = { phone: string; lines: HubNumber[]; sms: string; mail: string }

export type Spoken = {
  number: number
  at: number
  who: 'hub' | 'customer' | 'agent' | 'provider'
  kind:
    | 'say'
    | 'music'
    | 'speech'
    | 'digits'
    | 'answered'
    | 'joined'
    | 'left'
    | 'hold'
    | 'resume'
    | 'gather'
    | 'record'
    | 'problem'
    | 'ended'
  text: string
  language: string
}

export type Call = {
  sid: string
  direction: 'outgoing' | 'incoming'
  from: string
  to: string
  status: 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled'
  is_over: boolean
  is_on_hold: boolean
  with: string[]
  sound: string // the address of its websocket; empty: it has none
  started_at: number
  answered_at: number | null
  ended_at: number | null
  transcript: Spoken[]
}

export type Media = { number: number; name: string; content_type: string; size: number; url?: string }

export type Text = {
  sid: string
  by: 'customer' | 'hub' | 'provider'
  from: string
  to: string
  text: string
  parts: number
  at: number
  status: 'received' | 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed'
  media: Media[]
  problem: string
}

export type MailSummary = {
  id: string
  folder: 'inbox' | 'sent'
  from: string
  from_name: string
  to: string
  subject: string
  at: number
  is_read: boolean
  message_id: string
  answers: string | null
  attachments: Media[]
}

export type Mail = MailSummary & { text: string; html: string }

export type Snapshot = { customer: DeviceOwner; call: Call | null; texts: Text[]; mails: MailSummary[] }

export type FileOut = { name: string; content_type: string; base64: string }

export type Fault = {
  where: 'rest' | 'leg' | 'text' | 'smtp' | 'sound'
  kind: string
  count: number
  seconds: number
}

export type MailOut = { subject?: string; text: string; answers?: string; attachments: FileOut[] }
