"""The made-up story that fills a world: three years of a freelancer's mail and meetings."""
