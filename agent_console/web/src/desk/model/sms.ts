/**
 * How many parts a text message is billed as.
 *
 * The rule of this file: it follows 3GPP TS 23.038 and 23.040. One character outside the GSM-7 alphabet turns the whole
 * message into UCS-2. In a message of several parts, each part gives up six octets for the part's number.
 */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
  'abcdefghijklmnopqrstuvwxyzäöñüà'
const EXTENDED = '^{}\\[~]|€\f'

const basic = new Set(BASIC)
const extended = new Set(EXTENDED)

export interface SmsSize {
  encoding: 'gsm7' | 'ucs2'
  parts: number
  left: number // free units of the encoding in the last part
}

export function measureSms(text: string): SmsSize {
  const characters = [...text]
  const isGsm = characters.every((one) => basic.has(one) || extended.has(one))
  const widths = characters.map((one) => (isGsm ? (extended.has(one) ? 2 : 1) : one.length))
  const [single, several] = isGsm ? [160, 153] : [70, 67]
  const encoding = isGsm ? 'gsm7' : 'ucs2'
  const total = widths.reduce((sum, width) => sum + width, 0)
  if (total <= single) return { encoding, parts: total > 0 ? 1 : 0, left: single - total }
  // A character is never split between parts, so a part may end one unit early.
  let parts = 1
  let used = 0
  for (const width of widths) {
    if (used + width > several) {
      parts += 1
      used = 0
    }
    used += width
  }
  return { encoding, parts, left: several - used }
}
