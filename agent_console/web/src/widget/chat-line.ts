/**
 * The widget's line to the hub: the Socket.IO namespace `/webchat` at the origin of the widget's script.
 *
 * The rule of this file: a request on a line that is down fails at once. Socket.IO would keep it for later, but the
 * chat itself knows what is still due.
 */
import { io } from 'socket.io-client'
import type { ChatLine, Listener } from './wire'

const ANSWER_MS = 10_000

export function openChatLine(origin: string, listener: () => Listener): ChatLine {
  const socket = io(`${origin}/webchat`, {
    transports: ['websocket'],
    autoConnect: false,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8000,
    randomizationFactor: 0.5,
  })
  socket.on('connect', () => listener().up())
  socket.on('disconnect', () => listener().down())
  socket.onAny((event: string, data: unknown) => listener().heard(event, data))
  return {
    connect: () => void (socket.active || socket.connect()),
    close: () => void socket.disconnect(),
    ask: async (event, data) => {
      if (!socket.connected) throw new Error('the line is down')
      return (await socket.timeout(ANSWER_MS).emitWithAck(event, data)) as unknown
    },
  }
}
