"""What a page gives to its loudspeaker: the loudest tone of it."""

from playwright.async_api import Page

from tests.flows.customers import eventually

# Runs in the page before its own scripts. `loudest()` is in hertz, or 0 for silence
LOOK = """
const connect = AudioNode.prototype.connect
window.heard = []
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    const look = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 })
    window.heard.push(look)
    connect.call(this, look)
  }
  return connect.call(this, to, ...more)
}
window.loudest = () => {
  let [loudest, most] = [0, -60]
  for (const look of window.heard) {
    const bins = new Float32Array(look.frequencyBinCount)
    look.getFloatFrequencyData(bins)
    const peak = Math.max(...bins)
    if (peak > most) [loudest, most] = [(bins.indexOf(peak) * look.context.sampleRate) / look.fftSize, peak]
  }
  return loudest
}
"""


async def hears(page: Page, hertz: float) -> None:
    """The loudest tone from the page's loudspeaker."""

    async def look() -> bool:
        return abs(await page.evaluate("loudest()") - hertz) < 15

    await eventually(look)
