"""Images of every mode that Pillow opens, brought to eight bits of red, green and blue."""

import numpy as np
from PIL import Image

# Bits, grey, palette, and colours of other spaces, of which Pillow's own conversion is right. It drops transparency, as
# torchvision does.
CONVERTED = {"1", "L", "P", "RGB", "LA", "PA", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"}
PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}
SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
# Formats of which Pillow may hold 16 bits of grey in a mode of 32.
GREY_FORMATS = {"PNG", "PPM"}
TOP = 2**16 - 1  # of 16 bits, which is white


def to_rgb(image: Image.Image) -> Image.Image:
    """The image in mode RGB.

    Raises ValueError for a mode whose values have no agreed range (32-bit integers, floats) or no conversion (Lab).
    """
    mode = image.mode
    if mode in SIXTEEN_BITS or (mode == "I" and image.format in GREY_FORMATS):
        return _from_sixteen_bits(image)
    if mode in PREMULTIPLIED:
        return image.convert(PREMULTIPLIED[mode]).convert("RGB")
    if mode == "P" and isinstance(image.info.get("transparency"), bytes):
        return image.convert("RGBA").convert("RGB")  # the same colours, without Pillow's warning
    if mode in CONVERTED:
        return image.convert("RGB")
    raise ValueError(f"images of mode {mode} have no agreed range of values; save it with 8 bits")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.size and not 0 <= values.min() <= values.max() <= TOP:
        raise ValueError("its values exceed 16 bits; save it with 8 bits")
    return Image.fromarray(((values * 255 + TOP // 2) // TOP).astype(np.uint8)).convert("RGB")
