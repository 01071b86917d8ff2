"""What a notebook shows of an object: HTML that stands by itself and takes the colours of the page that it is put into."""
