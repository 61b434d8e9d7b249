"""The names of the channels that the tests speak of.

The rule of this file: names alone; what a channel is, its traits say.
"""

from routing.model import ChannelName

PHONE, SMS = ChannelName("phone"), ChannelName("sms")
EMAIL, WEBCHAT = ChannelName("email"), ChannelName("webchat")
EVERY_CHANNEL = (PHONE, SMS, EMAIL, WEBCHAT)
