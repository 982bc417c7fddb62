# This file is part of Tryton.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import gc
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from trytond.modules.shortcircuit_catalog import pdf

HTML = "<p>Carrots %s</p>"
# Alone in its process, of which it prints how the peak of memory grows, in MiB
PEAK = """
import resource
from trytond.modules.shortcircuit_catalog.pdf import write_pdf

def peak(papers):
    for _ in range(papers):
        write_pdf('<p>Carrots</p>', set())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

print(-peak(20) + peak(100))
"""


class PDFTestCase(unittest.TestCase):
    "Test the PDF made of HTML"

    def test_fonts(self):
        "Test the fonts are looked up once for all papers, in all threads"
        pdf._get_fonts.cache_clear()
        with (patch.object(
                    pdf, 'FontConfiguration',
                    wraps=pdf.FontConfiguration) as fonts,
                ThreadPoolExecutor() as executor):
            papers = list(executor.map(
                    lambda i: pdf.write_pdf(HTML % i, set()), range(8)))
        self.assertEqual({p[:5] for p in papers}, {b'%PDF-'})
        self.assertEqual(fonts.call_count, 1)

    def test_garbage(self):
        "Test what is no longer used is looked for again after each paper"
        with patch.object(
                pdf.weasyprint, 'HTML', side_effect=ZeroDivisionError):
            with self.assertRaises(ZeroDivisionError):
                pdf.write_pdf("", set())
        self.assertTrue(gc.isenabled())

    def test_memory(self):
        "Test the memory does not grow with what is printed"
        grown = subprocess.run(
            [sys.executable, '-c', PEAK],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        # With a look-up for each paper it grows by 25
        self.assertLess(float(grown), 4)

    def test_protocols(self):
        "Test what is printed brings nothing by another protocol"
        html = '<img src="file:///etc/hostname">'
        with self.assertLogs('weasyprint', 'ERROR') as logs:
            pdf.write_pdf(html, {'data'})
        self.assertIn('file', ' '.join(logs.output))
