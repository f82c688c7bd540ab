"""短信 SMS: codes and messages on their way to people, through whatever gateway a bureau has.

A gateway is anything that is an `SmsSender` (port.py). Production has the HTTP gateway of the settings; a demonstration or
a developer the visible box (开发短信箱), where every message can be read and none leaves the machine.
"""
