"""The model as OpenVINO reads it: `python convert_model.py MODEL OUT`, once for all peers.

What sentence-transformers' page on efficiency says to do, so that no start has to convert it.
"""

import sys

from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1], device="cpu", backend="openvino")
model.save_pretrained(sys.argv[2])
